// SPDX-License-Identifier: GPL-3.0-or-later
import {layer} from '../src/keras_json.mjs';
import {around} from './around.mjs';

const conv1d = (config) => layer('Conv1D', {filters: 3, kernel_size: [3], ...config});
const conv2d = (config) => layer('Conv2D', {filters: 3, kernel_size: [3, 3], ...config});
const conv3d = (config) => layer('Conv3D', {filters: 2, kernel_size: [2, 2, 2], ...config});
const depthwise = (config) => layer('DepthwiseConv2D', {kernel_size: [3, 3], ...config});
const separable1d = (config) => layer('SeparableConv1D', {filters: 3, kernel_size: [3], ...config});
const separable2d = (config) => layer('SeparableConv2D', {filters: 3, kernel_size: [3, 3], ...config});
const transposed = (config) => layer('Conv2DTranspose', {filters: 2, kernel_size: [3, 3], ...config});

const same = {padding: 'same'};
const first = {data_format: 'channels_first'};

export const convolutions = {
  conv1d: around('Conv1D, valid', [6, 2], conv1d({activation: 'tanh'})),
  conv1d_same: around('Conv1D, same, stride 2', [7, 2], conv1d({...same, strides: [2]})),
  conv1d_even_kernel: around('same with an even kernel pads more behind', [5, 2],
    conv1d({...same, kernel_size: [4]})),
  conv1d_causal: around('Conv1D, causal', [6, 2], conv1d({padding: 'causal'})),
  conv1d_causal_dilated: around('Conv1D, causal, dilation 2', [7, 2],
    conv1d({padding: 'causal', dilation_rate: [2], use_bias: false})),
  conv1d_dilated: around('Conv1D, valid, dilation 2', [7, 2], conv1d({dilation_rate: [2]})),
  conv1d_groups: around('Conv1D, two groups', [5, 4], conv1d({filters: 4, groups: 2})),

  conv2d: around('Conv2D, valid, relu', [5, 4, 2], conv2d({activation: 'relu'})),
  conv2d_same: around('Conv2D, same', [4, 5, 2], conv2d(same)),
  conv2d_strides: around('Conv2D, valid, strides (2, 1)', [6, 5, 2], conv2d({strides: [2, 1]})),
  conv2d_same_strides: around('Conv2D, same, strides (2, 2), kernel (2, 3)', [5, 6, 2],
    conv2d({...same, strides: [2, 2], kernel_size: [2, 3]})),
  conv2d_without_bias: around('Conv2D without a bias, kernel 1', [4, 4, 3],
    conv2d({kernel_size: [1, 1], use_bias: false})),
  conv2d_dilated: around('Conv2D, valid, dilation (2, 2)', [6, 6, 1], conv2d({dilation_rate: [2, 2]})),
  conv2d_dilated_same: around('Conv2D, same, dilation (2, 1)', [5, 4, 2],
    conv2d({...same, dilation_rate: [2, 1]})),
  conv2d_groups: around('Conv2D, two groups', [4, 4, 4], conv2d({filters: 6, groups: 2, activation: 'tanh'})),
  conv2d_groups_same_strides: around('Conv2D, three groups, same, strides (2, 2)', [5, 4, 3],
    conv2d({filters: 3, groups: 3, ...same, strides: [2, 2]})),
  conv2d_channels_first: around('Conv2D, channels first', [2, 5, 4], conv2d({...first, activation: 'tanh'})),
  conv2d_channels_first_same: around('Conv2D, channels first, same, strides (2, 2)', [2, 5, 4],
    conv2d({...first, ...same, strides: [2, 2]})),

  conv3d: around('Conv3D, valid', [3, 4, 3, 2], conv3d({activation: 'tanh'})),
  conv3d_same: around('Conv3D, same, strides (2, 1, 2)', [3, 3, 4, 1], conv3d({...same, strides: [2, 1, 2]})),
  conv3d_dilated: around('Conv3D, dilation (2, 1, 1)', [4, 2, 3, 2], conv3d({dilation_rate: [2, 1, 1]})),

  depthwise_conv2d: around('DepthwiseConv2D', [4, 5, 2], depthwise({activation: 'tanh'})),
  depthwise_conv2d_multiplier: around('DepthwiseConv2D, same, two filters a channel', [4, 4, 2],
    depthwise({...same, depth_multiplier: 2})),
  depthwise_conv2d_strides: around('DepthwiseConv2D, same, strides (2, 2), no bias', [5, 4, 3],
    depthwise({...same, strides: [2, 2], use_bias: false})),
  depthwise_conv2d_dilated: around('DepthwiseConv2D, dilation (2, 2)', [5, 6, 2],
    depthwise({dilation_rate: [2, 2]})),

  separable_conv1d: around('SeparableConv1D', [6, 2], separable1d({activation: 'tanh'})),
  separable_conv1d_same: around('SeparableConv1D, same, stride 2, two filters a channel', [7, 2],
    separable1d({...same, strides: [2], depth_multiplier: 2, use_bias: false})),
  separable_conv2d: around('SeparableConv2D', [5, 4, 2], separable2d({activation: 'tanh'})),
  separable_conv2d_same: around('SeparableConv2D, same, strides (2, 2), two filters a channel', [5, 4, 2],
    separable2d({...same, strides: [2, 2], depth_multiplier: 2})),

  conv2d_transpose: around('Conv2DTranspose, valid', [3, 4, 3], transposed({activation: 'tanh'})),
  conv2d_transpose_strides: around('Conv2DTranspose, valid, strides (2, 3)', [3, 2, 2],
    transposed({strides: [2, 3]})),
  conv2d_transpose_gap: around('Conv2DTranspose, valid, a stride above the kernel', [2, 2, 2],
    transposed({kernel_size: [2, 2], strides: [3, 3]})),
  conv2d_transpose_same: around('Conv2DTranspose, same, strides (2, 2)', [3, 2, 2],
    transposed({...same, strides: [2, 2], use_bias: false})),
  conv2d_transpose_same_odd: around('Conv2DTranspose, same, kernel (3, 4), strides (3, 1)', [2, 3, 2],
    transposed({...same, kernel_size: [3, 4], strides: [3, 1]})),
  conv2d_transpose_output_padding: around('Conv2DTranspose, same, strides (2, 2), output_padding (1, 0)', [2, 3, 2],
    transposed({...same, strides: [2, 2], output_padding: [1, 0]})),
  conv2d_transpose_valid_output_padding: around('Conv2DTranspose, valid, strides (2, 2), output_padding (1, 0)',
    [2, 2, 2], transposed({strides: [2, 2], output_padding: [1, 0]})),
  conv1d_transpose: around('Conv1DTranspose, same, stride 2', [4, 3],
    layer('Conv1DTranspose', {filters: 2, kernel_size: [3], ...same, strides: [2]})),
  conv1d_transpose_valid: around('Conv1DTranspose, valid', [4, 3],
    layer('Conv1DTranspose', {filters: 2, kernel_size: [2], strides: [3]})),
  conv3d_transpose: around('Conv3DTranspose, valid, strides (1, 2, 1)', [2, 2, 2, 2],
    layer('Conv3DTranspose', {filters: 1, kernel_size: [2, 2, 2], strides: [1, 2, 1], activation: 'tanh'})),
  depthwise_conv1d: around('DepthwiseConv1D, same, two filters a channel', [5, 2],
    layer('DepthwiseConv1D', {kernel_size: [3], ...same, depth_multiplier: 2})),
  conv3d_channels_first: around('Conv3D, channels first', [2, 3, 2, 3], conv3d(first)),
  depthwise_conv2d_channels_first: around('DepthwiseConv2D, channels first, two filters a channel', [2, 4, 4],
    depthwise({...first, depth_multiplier: 2})),
  separable_conv2d_channels_first: around('SeparableConv2D, channels first', [2, 4, 4],
    separable2d({...first, use_bias: false})),
  conv2d_transpose_channels_first: around('Conv2DTranspose, channels first', [2, 3, 2],
    transposed({...first, ...same, strides: [2, 2]})),
};
